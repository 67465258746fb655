#!/bin/sh
# The example of the documents, linked with the shared and the static library, over test/vectors-own.
set -u
shared=$1 static=$2 folder=$3
now=1795490000 # a quarter of an hour after the samples
number=0
check() { # what, exit status, program, bundle
	number=$((number + 1))
	output=$("$3" "$folder/$4" "$folder/policy.txt" "$now" 2>&1)
	if [ $? = "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "$output" | sed 's/^/# /'
	fi
}
echo 1..6
check 'example says good' 0 "$shared" good.bundle.json
check 'example says withdrawn' 1 "$shared" withdrawn.bundle.json
check 'example says not good' 2 "$shared" changed.bundle.json
check 'example says not a bundle' 2 "$shared" policy.txt
check 'example linked statically says good' 0 "$static" good.bundle.json
check 'example linked statically says not good' 2 "$static" changed.bundle.json
