"""The subjects that TVM compiles: functions for the targets llvm and c."""
