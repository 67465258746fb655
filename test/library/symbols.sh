#!/bin/sh
# symbols.sh HEADER SHARED STATIC SANITIZED: the libraries give out the names of the header alone, and the
# shared one asks the system for no file, network, process, thread, clock or chance.
set -eu
header=$1 shared=$2 static=$3 sanitized=$4
say() { # number, what, what is wrong
	[ -z "$3" ] && echo "ok $1 - $2" && return
	echo "not ok $1 - $2"
	printf '# %s\n' $3
}
names() { # file, flags of nm
	nm "$2" "$3" "$1" | sed 's/@.*//' | awk 'NF >= 2 { print $NF }' | sort -u
}
# Lines of either list that the other does not have.
difference() {
	printf '%s\n' "$1" "$2" | sort | uniq -u
}
echo 1..3
api=$(grep -o '\bhuren_[a-z_]*(' "$header" | tr -d '(' | sort -u)
say 1 'the shared library exports what the header declares' \
	"$(difference "$api" "$(names "$shared" -D --defined-only)")"
if [ "$sanitized" = true ]; then
	echo 'ok 2 - names of the archive # SKIP sanitizers add their own'
	echo 'ok 3 - imports # SKIP sanitizers add their own'
	exit 0
fi
say 2 'the archive has no other global names' \
	"$(difference "$api" "$(names "$static" -g --defined-only)")"

# All that may be imported; none of it opens, connects, starts or asks for anything. abort, fprintf
# and stderr are for a failed CHECK, a mistake of our own that must not go on in silence;
# __tls_get_addr is for hashing contexts kept per thread; the _ITM_, __cxa_ and __gmon_ names come with
# every shared library. OpenSSL and libsodium themselves may ask the system for what they need.
allowed='(BN|ECDSA_SIG|EC_GROUP|EC_POINT|EVP|OSSL_PARAM|OSSL_PARAM_BLD)_[A-Za-z0-9_]+
(d2i|i2d)_ECDSA_SIG
crypto_sign_(detached|seed_keypair|verify_detached)
sodium_(init|memzero|memcmp)
inflate(Init2_|End)?
(m|c|re)alloc|free
mem(chr|cmp|cpy|mem|move|rchr|set)|explicit_bzero|bcmp
str(chr|cmp|len|ncmp|nlen|rchr|tod)
v?snprintf|qsort(_r)?|floor|frexp|ldexp|pow
__(mem(cpy|set|move)|v?snprintf|fprintf|explicit_bzero)_chk|__stack_chk_fail
abort|fprintf|fwrite|stderr
__tls_get_addr|_ITM_(de)?registerTMCloneTable|__cxa_finalize|__gmon_start__'
say 3 'no file, network, process, thread or clock is asked for' \
	"$(names "$shared" -D --undefined-only | grep -vxE "$allowed" || true)"
