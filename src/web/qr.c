/* qr.c - see qr.h. */
#include "web/qr.h"

#include <qrencode.h>

#include "base/scoped.h"

#define QUIET 4                /* modules around it, as ISO/IEC 18004 asks */

/* Runs of dark modules of one line: "M4 4h7v1h-7z". */
static void put_line(struct buf *b, const QRcode *code, int y)
{
	int x = 0;

	while (x < code->width) {
		int run = 0;
		while (x + run < code->width && code->data[y * code->width + x + run] & 1)
			run++;
		if (run > 0)
			buf_printf(b, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
		x += run > 0 ? run : 1;
	}
}

enum err_code qr_model(struct arena *a, struct str text, struct json **ret, struct err *e)
{
	QRcode *code = text.len == 0 || text.len > 2048 ? NULL : QRcode_encodeData((int)text.len,
		(const unsigned char *)text.at, 0, QR_ECLEVEL_M);
	struct json *v = json_new_object(a);
	SCOPED_BUF b = { 0 };

	if (!code)
		return err_set(e, ERR_TOO_LARGE, "text does not fit into a QR code");
	buf_init(&b, 131072);
	for (int y = 0; y < code->width; y++)
		put_line(&b, code, y);
	v = json_set_number(a, v, "size", code->width + 2 * QUIET);
	v = json_set_str(a, v, "path", str_copy(a, buf_str(&b)));
	QRcode_free(code);
	TRY(buf_check(&b, "QR code", e));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}
