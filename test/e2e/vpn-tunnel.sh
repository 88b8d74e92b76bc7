# Two networks on this machine, one with an OpenVPN server and a web server behind it, the other for its client.
# Started by vpn-tunnel.ts as the first process of namespaces of its own: none of this is to be seen outside of them.
set -eu
cd "$FOLDER"
trap 'cat server.log client.log >&2 2>/dev/null' EXIT
# Waits for a line of a log, a minute at most.
has() {
  tries=600
  until grep -q "$2" "$1" 2>/dev/null; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "$1 does not have: $2" >&2; exit 1; }
    sleep 0.1
  done
}

ip link set lo up
unshare --net sleep 3600 &
client=$!
until [ "$(readlink /proc/$client/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link add near type veth peer name far netns $client
ip addr add 10.98.0.1/24 dev near
ip link set near up
at_client() { nsenter --target $client --net "$@"; }
at_client ip link set lo up
at_client ip addr add 10.98.0.2/24 dev far
at_client ip link set far up

"$OPENVPN" --mode server --tls-server --dev tun --topology subnet --server 10.99.0.0 255.255.255.0 \
  --proto tcp-server --local 10.98.0.1 --port "$PORT" --dh none --ca "$TRUSTED" --cert vpn.pem --key vpn.key \
  --remote-cert-tls client --crl-verify lists.pem --script-security 2 --setenv REKEY_USES "$USES" \
  --up "$RECORD" --client-connect "$RECORD" --client-disconnect "$RECORD" \
  --status "${USES%.uses}.status" 1 --verb 3 >server.log 2>&1 &
has server.log 'Initialization Sequence Completed'
echo ready

read -r profile
# The address of the profile is this machine, where nothing listens for it; then the other one is tried.
nsenter --target $client --net "$OPENVPN" --config "$profile" --remote 10.98.0.1 "$PORT" tcp --connect-retry 1 --verb 3 >client.log 2>&1 &
tunnel=$!
has client.log 'Initialization Sequence Completed'
"$NODE" -e "
  const answer = (request, response) => response.end('seen from ' + request.socket.remoteAddress)
  require('node:http').createServer(answer).listen(8080, '10.99.0.1')" &
answer=$(at_client "$NODE" -e "
  const ask = () => fetch('http://10.99.0.1:8080').then((response) => response.text()).then(console.log, () => setTimeout(ask, 100))
  ask()")
echo "$answer"

read -r _
kill $tunnel
trap - EXIT
echo disconnected
read -r _ || exit 0
