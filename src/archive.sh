#!/bin/sh
# archive.sh OUTPUT API-ARCHIVE INNER-ARCHIVE: one object with what the API needs of the inner archive,
# in which only the names of the API are left global.
set -eu
folder=$1.parts
mkdir -p "$folder"
ld -r -o "$folder/huren-verify.o" --whole-archive "$2" --no-whole-archive "$3"
objcopy --localize-hidden "$folder/huren-verify.o"
rm -f "$1"
ar rcsD "$1" "$folder/huren-verify.o"
