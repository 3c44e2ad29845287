# baseUrl ends in ?sleep=SECONDS&exit=CODE, both optional; sleep1, exit1 ... hold for that attempt alone.
# A SIGTERM ends it as the real scraper would be ended.
run=$(cat /etc/sincro/run/run.json)
attempt=$(echo "$run" | sed -n 's/.*"attempt":\([0-9]*\).*/\1/p')
field() { echo "$run" | sed -n "s/.*[?&]$1=\([0-9.]*\).*/\1/p"; }
seconds=$(field "sleep$attempt"); seconds=${seconds:-$(field sleep)}
code=$(field "exit$attempt"); code=${code:-$(field exit)}; code=${code:-0}
trap 'echo "{\"error\":{\"class\":\"Disrupted\",\"message\":\"SIGTERM\"}}" >/dev/termination-log; exit 143' TERM
sleep "${seconds:-0.2}" &
wait $!
case $code in
  0) outcome='{"result":{"created":3,"updated":1,"unchanged":7,"deleted":0,"read":11,"declared":11,"pages":1,"mode":"Full"}}' ;;
  20) outcome='{"error":{"class":"ConfigInvalid","message":"The profile is wrong.","fingerprint":"f-config"}}' ;;
  21) outcome='{"error":{"class":"CredentialsRejected","message":"The ERP refused the user."}}' ;;
  30) outcome='{"error":{"class":"SourceUnavailable","message":"The ERP answered 503.","fingerprint":"f-503"}}' ;;
  *) outcome='{"error":{"class":"Unknown","message":"It broke."}}' ;;
esac
echo "$outcome" >/dev/termination-log
exit "$code"
