// A float goes to an overload of its own, which stores it as it is; without it the one for double would widen it.
#include "../../reference/cxx/convert.hpp"

#include <cstring>

namespace packed {

inline void store(AbiValue& slot, float value) {
  std::memcpy(&slot, &value, sizeof value);
}

} // namespace packed

#include "../../reference/cxx/binding.hpp"
