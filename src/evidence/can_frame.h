/* can_frame.h - one frame of a CAN bus as a logger recorded it.
 *
 * Is:      what mdf_read_can (mdf.h) hands out and can.h decodes with a DBC.
 * Is not:  a signal: the bytes have no meaning yet.
 */
#ifndef HUREN_EVIDENCE_CAN_FRAME_H
#define HUREN_EVIDENCE_CAN_FRAME_H

#include <stdbool.h>

#include "base/err.h"

struct can_frame {
	int64_t time_ns;       /* since the start of the file */
	uint32_t id;           /* 11 or 29 bits, without flags */
	uint32_t bus;          /* channel number of the logger; 0 when it records none */
	bool extended;         /* 29-bit identifier */
	uint16_t length;       /* bytes at `bytes`, at most 64 */
	const uint8_t *bytes;  /* valid during the call */
};

#endif
