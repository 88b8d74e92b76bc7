{{/* The replicas of `rekey controller`, of which one works. Takes a list: the root, the arguments that name the policy. */}}
{{- define "rekey.controller" -}}
{{- $root := index . 0 -}}
{{- $policy := index . 1 -}}
{{- with $root -}}
{{- $values := .Values.controller -}}
{{- $args := list "controller" "--host" "0.0.0.0" -}}
{{- range $flag, $value := dict "--port" $values.port "--at-once" $values.atOnce "--every-ms" $values.everyMs "--lease-ms" $values.leaseMs -}}
{{- $args = concat $args (list $flag (printf "%d" (int64 $value))) -}}
{{- end -}}
apiVersion: apps/v1
# Each replica keeps an audit trail on a volume of its own, so that they can be on two nodes.
kind: StatefulSet
metadata:
  name: {{ include "rekey.fullname" . }}-controller
  {{- include "rekey.metadata" . | nindent 2 }}
spec:
  replicas: {{ ternary 0 (int64 $values.replicas) .Values.suspend }}
  serviceName: {{ include "rekey.fullname" . }}-controller
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      {{- include "rekey.selector" . | nindent 6 }}
      app.kubernetes.io/component: controller
  template:
    {{- include "rekey.podTemplate" (list $root "controller" $values (concat $args $policy) true) | nindent 4 }}
  {{- if not .Values.audit.existingClaim }}
  volumeClaimTemplates:
    - metadata: { name: audit }
      spec:
        {{- include "rekey.auditClaimSpec" . | nindent 8 }}
  {{- end }}
{{- end -}}
{{- end -}}
