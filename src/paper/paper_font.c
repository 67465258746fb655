/* paper_font.c - two mapped files, a table of the glyphs that were asked for. */
#include "paper/paper_font.h"

#include <cairo-ft.h>
#include <ft2build.h>
#include FT_ADVANCES_H
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/scoped.h"
#include "paper/paper_inner.h"

#define FOLDER "/usr/share/fonts/opentype/noto"
#define KNOWN 65536            /* characters of the first plane; others are looked up each time */
#define USUAL_FACE 2           /* of ten in the file */
#define BOX 0x25a1             /* for what the face does not have */

static const char *const names[FACE_COUNT] = { "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc" };
/* One file holds the faces of four regions; another's would print Japanese shapes. */
static const char family[] = "Noto Sans CJK SC";

struct known { uint16_t index, advance; bool asked; };
/* A file. Ideographs have a font of their own in the PDF: cairo 1.16 cannot
 * thin out the subroutines of a font where they stand beside some Latin letters ("F", "I"), and
 * then puts in all of them, 850 kB. */
struct one {
	FT_Face ft;
	cairo_font_face_t *cairo[SCRIPT_COUNT];
	void *at;
	size_t bytes;
	double units;
	struct known known[KNOWN];
};
struct paper_fonts {
	FT_Library library;
	struct one faces[FACE_COUNT];
};

static enum err_code map_file(const char *folder, const char *name, struct one *ret,
	struct err *e)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
			"could not open the font \"%s\": %s", path, err_errno());
		return err_hint(e, "Papers are printed with it; install the Debian package "
			"fonts-noto-cjk.");
	}
	ret->bytes = (size_t)st.st_size;
	ret->at = mmap(NULL, ret->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (ret->at != MAP_FAILED)
		return ERR_OK;
	ret->at = NULL;
	return err_set(e, ERR_IO, "could not map the font \"%s\": %s", path, err_errno());
}

static bool open_face(FT_Library library, struct one *one, FT_Long i, FT_Long *ret_count)
{
	if (FT_New_Memory_Face(library, one->at, (FT_Long)one->bytes, i, &one->ft) != 0) {
		one->ft = NULL;
		return false;
	}
	*ret_count = one->ft->num_faces;
	if (one->ft->family_name && strcmp(one->ft->family_name, family) == 0 &&
		one->ft->units_per_EM > 0)
		return true;
	(void)FT_Done_Face(one->ft); /* another region's */
	one->ft = NULL;
	return false;
}

/* The face of that family among those of the file: where it is today, or anywhere. */
static enum err_code find_face(FT_Library library, const char *name, struct one *one,
	struct err *e)
{
	static const FT_Int32 loads[SCRIPT_COUNT] = { FT_LOAD_NO_HINTING,
		FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP };
	FT_Long count = 1;

	if (!open_face(library, one, USUAL_FACE, &count))
		for (FT_Long i = 0; i < count && !open_face(library, one, i, &count); i++)
			continue;
	if (!one->ft)
		return err_set(e, ERR_UNSUPPORTED, "the font \"%s\" has no face \"%s\"", name,
			family);
	one->units = one->ft->units_per_EM;
	/* By flags that mean the same here, cairo takes them for two fonts. */
	for (int i = 0; i < SCRIPT_COUNT; i++)
		one->cairo[i] = cairo_ft_font_face_create_for_ft_face(one->ft, loads[i]);
	return ERR_OK;
}

enum err_code paper_fonts_open(const char *folder, struct paper_fonts **ret, struct err *e)
{
	struct paper_fonts *f = handle_new(sizeof(*f));
	enum err_code code = ERR_OK;

	if (FT_Init_FreeType(&f->library) != 0)
		code = err_set(e, ERR_INTERNAL, "could not start the font library");
	for (int i = 0; i < FACE_COUNT && code == ERR_OK; i++) {
		code = map_file(folder ? folder : FOLDER, names[i], &f->faces[i], e);
		if (code == ERR_OK)
			code = find_face(f->library, names[i], &f->faces[i], e);
	}
	if (code != ERR_OK) {
		paper_fonts_close(f);
		return code;
	}
	*ret = f;
	return ERR_OK;
}

void paper_fonts_close(struct paper_fonts *f)
{
	if (!f)
		return;
	for (int i = 0; i < FACE_COUNT * SCRIPT_COUNT; i++)
		cairo_font_face_destroy(f->faces[i / SCRIPT_COUNT].cairo[i % SCRIPT_COUNT]);
	cairo_debug_reset_static_data(); /* its scaled fonts hold on to the faces */
	for (int i = 0; i < FACE_COUNT; i++) {
		struct one *one = &f->faces[i];
		(void)FT_Done_Face(one->ft); /* accepts NULL; its library goes below */
		if (one->at)
			(void)munmap(one->at, one->bytes);
	}
	if (f->library)
		(void)FT_Done_FreeType(f->library); /* nothing is left of it */
	handle_drop(f);
}

cairo_font_face_t *font_face(struct paper_fonts *f, enum face face, enum script script)
{
	return f->faces[face].cairo[script];
}

enum script font_script(uint32_t c)
{
	return (c >= 0x2e80 && c < 0x3000) || (c >= 0x3400 && c < 0xa000) ||
		(c >= 0xf900 && c < 0xfb00) || c >= 0x20000 ? SCRIPT_HAN : SCRIPT_OTHER;
}

static struct known look_up(struct one *one, uint32_t character)
{
	FT_Fixed advance = 0;
	FT_UInt index = FT_Get_Char_Index(one->ft, character);

	if (index == 0)
		index = FT_Get_Char_Index(one->ft, BOX);
	if (index > UINT16_MAX ||
		FT_Get_Advance(one->ft, index, FT_LOAD_NO_SCALE, &advance) != 0 || advance < 0 ||
		advance > UINT16_MAX)
		advance = 0;
	return (struct known){ (uint16_t)index, (uint16_t)advance, true };
}

struct glyph font_glyph(struct paper_fonts *f, enum face face, uint32_t character)
{
	struct one *one = &f->faces[face];
	struct known k;

	if (character >= KNOWN)
		k = look_up(one, character);
	else if (one->known[character].asked)
		k = one->known[character];
	else
		k = one->known[character] = look_up(one, character);
	return (struct glyph){ k.index, k.advance / one->units };
}
