// SPDX-License-Identifier: Apache-2.0
// Chooses how field names are found, to be included first: as the build does, or the other way.
#pragma once

#ifdef EVSRC_TEST_OTHER_NAMES
#if EVSRC_HAS_PFR_NAMES
#undef EVSRC_HAS_PFR_NAMES
#define EVSRC_HAS_PFR_NAMES 0
#else
#undef EVSRC_HAS_PFR_NAMES
#define EVSRC_HAS_PFR_NAMES 1
#endif
#endif
