/* The layout of harness/run.h, as the layout table of a side. */
#include <stddef.h>

#include "abi/stub.h"
#include "harness/run.h"

static const AbiHarness* harness;
static const char* last_error(void) { return ""; }
#define AT(type, field) (uint32_t)offsetof(type, field)
static const uint32_t layout[] = {
    AT(AbiRun, num_presets), AT(AbiRun, segments), AT(AbiRun, program_begin), AT(AbiRun, released_size), AT(AbiRun, guard_pages), AT(AbiRun, mark),
    AT(AbiRun, killed), AT(AbiRun, witness_used), sizeof(AbiRun), sizeof(AbiOp), AT(AbiOp, code_at), AT(AbiOp, code),
    AT(AbiOp, value_at), AT(AbiOp, value), AT(AbiOp, count), sizeof(AbiSegment), AT(AbiSegment, first_case),
    sizeof(AbiRecord), AT(AbiRecord, ret_code), sizeof(AbiSlot), sizeof(AbiSeen), sizeof(AbiWitness), ABI_TEXT_SIZE,
    ABI_RUN_MAGIC, ABI_MAX_ARGS, ABI_SLOTS, ABI_RELEASED, ABI_STATE, ABI_HUNG, ABI_NO_TEXT, ABI_AT_RELEASED, ABI_INNER, ABI_TEXTS,
};
const AbiSide abi_side = {ABI_SIDE_VERSION, 0, 8, sizeof layout / sizeof *layout, 0, 0, layout, &harness, last_error};
