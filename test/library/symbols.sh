#!/bin/sh
# The shared library gives out the names of its header alone, and asks the system for no file, no
# network, no process and no thread.
set -eu
library=$1
echo 1..2
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | sed 's/@.*//' | grep -v '^huren_' || true)
if [ -z "$exported" ]; then
	echo 'ok 1 - every exported name begins with huren_'
else
	echo 'not ok 1 - every exported name begins with huren_'
	echo "$exported" | sed 's/^/# /'
fi
banned='open|open64|openat|openat64|creat|fopen|fopen64|freopen|fdopen|read|pread|write|pwrite|mmap|opendir'
banned="$banned|stat|fstat|lstat|access|unlink|rename|mkdir|socket|connect|bind|listen|accept|send|recv|sendto"
banned="$banned|recvfrom|getaddrinfo|gethostbyname|pthread_create|thrd_create|fork|vfork|clone|execve|execvp"
banned="$banned|posix_spawn|posix_spawnp|system|popen|dlopen|getenv|gz[a-z]*"
found=$(nm -D --undefined-only "$library" | awk '{ print $2 }' | sed 's/@.*//' | grep -Ex "$banned" || true)
if [ -z "$found" ]; then
	echo 'ok 2 - no file, network, process or thread is asked for'
else
	echo 'not ok 2 - no file, network, process or thread is asked for'
	echo "$found" | sed 's/^/# /'
fi
