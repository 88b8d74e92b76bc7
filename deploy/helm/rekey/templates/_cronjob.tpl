{{/* One CronJob. Takes a list: the root, the name of the job, its values, the arguments of rekey. */}}
{{- define "rekey.cronjob" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $job := index . 2 -}}
{{- $args := index . 3 -}}
{{- with $root -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ include "rekey.fullname" . }}-{{ $name }}
  {{- include "rekey.metadata" . | nindent 2 }}
spec:
  schedule: {{ $job.schedule | quote }}
  {{- with .Values.timeZone }}
  timeZone: {{ . }}
  {{- end }}
  suspend: {{ or .Values.suspend (default false $job.suspend) }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      # The next run is the second attempt.
      backoffLimit: 0
      activeDeadlineSeconds: {{ $job.activeDeadlineSeconds }}
      template:
        {{- include "rekey.podTemplate" (list $root $name $job $args false) | nindent 8 }}
{{- end -}}
{{- end -}}
