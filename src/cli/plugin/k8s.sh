#!/bin/sh
# The kind `deployment` for Landfall: raises a Kubernetes deployment to its replicas in the region that recovers, on EKS, AKS
# and GKE alike. Needs kubectl and jq. Called as `k8s.sh VERB` with one JSON object on standard input; it answers with one.
# It never scales down but to go back, and says "unknown" wherever it is not sure.
set -u
if [ "${1:-}" = hello ]; then
  cat <<'JSON'
{"protocol":1,"name":"k8s","version":"1.0.0","kinds":[{"kind":"deployment","about":"raises a Kubernetes deployment to its replicas",
"fields":[{"name":"context","takes":"text","required":true,"about":"the context of kubectl: the cluster in the recovery region"},
{"name":"namespace","takes":"text","required":true,"about":"the namespace"},
{"name":"deployment","takes":"text","required":true,"about":"the deployment"},
{"name":"replicas","takes":"count","required":true,"about":"how many replicas it is raised to; never lowered"}],
"outputs":["replicas"],"sides":["recovery"],"reads":["kubectl get deployment"],
"steps":{"failover":[{"action":"scale","title":"scale {name} up","acts":true,"undo":"reversible","plane":"control","expected_seconds":90,"timeout_seconds":600}],
"switchover":[{"action":"scale","title":"scale {name} up","acts":true,"undo":"reversible","plane":"control","expected_seconds":90,"timeout_seconds":600}]},
"rules":[{"code":"k8s-deployment-there","wanted":"a deployment that can be scaled","fix":"deploy it to the recovery cluster","weight":"blocks","tier":"hourly"}],
"simulate":{"scale":{"seconds":[20,120],"passes":["pulling images","starting pods"],"outputs":{"replicas":"3"}}}}]}
JSON
  exit 0
fi
verb=${1:-} ask=$(cat) err=$(mktemp) || exit 1
trap 'rm -f "$err"' EXIT
# jq quotes what it gives: nothing of a plan is ever run.
vars=$(printf %s "$ask" | jq -r '@sh "id=\(.id // "") undo=\(.undo // false) BEFORE=\(.before.replicas? // "" | tostring) one=\(.component // {} | tojson)"') || exit 1
eval "$vars"
load() { # one component: its fields
  vars=$(printf %s "$one" | jq -r '.fields // {} | @sh "C=\(.context // "" | tostring) N=\(.namespace // "" | tostring) D=\(.deployment // "" | tostring) WANTED=\(.replicas // "" | tostring)"') || return 1
  eval "$vars"
  case $WANTED in '' | *[!0-9]*) return 1 ;; esac
  [ -n "$C" ] && [ -n "$N" ] && [ -n "$D" ]
}
kube() { kubectl --context="$C" --namespace="$N" --request-timeout=10s "$@" 2>"$err"; }
get() {
  doc=$(kube get "deployment/$D" -o json) || return 1
  set -- $(printf %s "$doc" | jq -r '[.spec.replicas // 1, .status.readyReplicas // 0, .metadata.generation // 0, .status.observedGeneration // 0] | map(tostring) | join(" ")')
  SPEC=$1 READY=$2 NEW=$3 SEEN=$4
}
why() { tr '\n' ' ' <"$err" | cut -c1-300; }
say() { jq -cn --arg id "$id" --arg v "$1" --arg n "$2" --arg b "${SPEC:-}" \
  '{id:$id,verdict:$v,note:$n} + if $b == "" then {} else {before:{replicas:($b|tonumber)},outputs:{replicas:$b}} end'; exit 0; }
reply() { jq -cn --arg id "$id" --arg r "$1" --arg m "${2:-}" '{id:$id,reply:$r,message:$m,receipt:{}}'; exit 0; }
scale() {
  kube scale "deployment/$D" --replicas="$1" >/dev/null && reply taken
  # Only what the server itself refused provably did not happen.
  case $(why) in *'(NotFound)'* | *'(Forbidden)'* | *'(Invalid)'* | *'(Conflict)'*) reply refused "$(why)" ;; *) reply no_answer "$(why)" ;; esac
}
case $verb in
observe | verify)
  load || say bad "context, namespace, deployment and replicas are wanted"
  get || { grep -q '(NotFound)' "$err" && say bad "there is no deployment $D in $N"; say unknown "$(why)"; }
  steady=$([ "$SEEN" -ge "$NEW" ] && [ "$READY" -ge "$SPEC" ] && echo yes || echo no)
  if [ "$undo" = true ]; then
    [ "$SPEC" = "$BEFORE" ] && say holds "$SPEC replicas, as before"
    say untouched "$SPEC replicas, before it were $BEFORE"
  fi
  [ "$SPEC" -lt "$WANTED" ] && say untouched "$SPEC of $WANTED replicas asked for"
  [ "$steady" = yes ] && say holds "$READY of $SPEC ready, generation $SEEN"
  say moving "$READY of $SPEC ready"
  ;;
act) load || reply refused "context, namespace, deployment and replicas are wanted"; scale "$WANTED" ;;
undo)
  load || reply refused "context, namespace, deployment and replicas are wanted"
  case $BEFORE in '' | *[!0-9]*) reply refused "nobody says how many there were" ;; esac
  scale "$BEFORE"
  ;;
watch | check)
  printf %s "$ask" | jq -c '.components[]?' | while IFS= read -r one; do
    name=$(printf %s "$one" | jq -r '.name') level=unknown found=failing
    if ! load; then note="fields are missing"
    elif ! get; then note=$(why); grep -q '(NotFound)' "$err" && level=down || found=unknown
    else
      note="$READY of $SPEC ready" found=ok
      if [ "$SPEC" -eq 0 ]; then level=standby; elif [ "$READY" -ge "$SPEC" ]; then level=up; elif [ "$READY" -gt 0 ]; then level=degraded; else level=down; fi
    fi
    jq -cn --arg c "$name" --arg l "$level" --arg n "$note" --arg f "$found" '{component:$c,level:$l,note:$n,found:$f}'
  done | jq -cs --arg id "$id" '{id:$id,
    health: map({component,level,note}),
    findings: map({component,code:"k8s-deployment-there",level:.found,found:.note})}'
  ;;
*) jq -cn --arg id "$id" --arg v "$verb" '{id:$id,error:"there is no verb \($v)"}' ;;
esac
