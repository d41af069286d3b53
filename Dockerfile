# abi-conformance with gcc and clang; the embedded compiler, tcc, comes with the wheel. docs/ci.md says how to build and use it.
FROM debian:trixie-slim

# More packages of Debian's, such as emulators and cross compilers:
# --build-arg PACKAGES="qemu-user-static gcc-12-s390x-linux-gnu libc6-dev-s390x-cross"
ARG PACKAGES=""
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv gcc g++ libc6-dev clang $PACKAGES \
    && rm -rf /var/lib/apt/lists/*

COPY dist/*.whl /tmp/
RUN python3 -m venv /opt/abi-conformance \
    && /opt/abi-conformance/bin/pip install --no-cache-dir /tmp/*.whl \
    && rm /tmp/*.whl

# Whoever the container runs as writes to the cache and to the folder that is mounted.
RUN install -d -m 1777 /cache /work
ENV ABI_CONFORMANCE_CACHE=/cache
ENV PATH=/opt/abi-conformance/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /work
ENTRYPOINT ["abi-conformance"]
