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
  suspend: {{ .Values.suspend }}
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
        metadata:
          labels:
            {{- include "rekey.selector" . | nindent 12 }}
            app.kubernetes.io/component: {{ $name }}
            {{- with .Values.podLabels }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          annotations:
            checksum/files: {{ toJson .Values.files | sha256sum }}
        spec:
          serviceAccountName: {{ include "rekey.serviceAccountName" . }}
          automountServiceAccountToken: {{ or .Values.serviceAccount.automountToken (gt (len .Values.rbac.rules) 0) }}
          enableServiceLinks: false
          restartPolicy: Never
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            fsGroup: 65532
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile: { type: RuntimeDefault }
          {{- with .Values.image.pullSecrets }}
          imagePullSecrets:
            {{- range . }}
            - name: {{ . }}
            {{- end }}
          {{- end }}
          containers:
            - name: rekey
              image: {{ include "rekey.image" . }}
              imagePullPolicy: {{ .Values.image.pullPolicy }}
              command: [rekey]
              args: {{- toYaml (concat $args (list "--family" "/etc/rekey/deployment.json" "--deadline-ms" (printf "%d" (int64 $job.deadlineMs)) "--json")) | nindent 16 }}
              {{- if or .Values.env .Values.credentials.healthKey }}
              env:
                {{- range $variable, $value := .Values.env }}
                {{- if regexMatch "(TOKEN|PASSWORD|PASSPHRASE|SECRET|SECRET_ID|KEY)$" $variable }}
                {{- fail (printf "env.%s: a variable of a pod shows a credential to all who may read pods: put it into the Secret that credentials.secretName names, and name its file in deployment.json" $variable) }}
                {{- end }}
                - { name: {{ $variable }}, value: {{ $value | quote }} }
                {{- end }}
                {{- with .Values.credentials.healthKey }}
                - { name: REKEY_HEALTH_KEY_FILE, value: /run/rekey/{{ . }} }
                {{- end }}
              {{- end }}
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities: { drop: [ALL] }
              resources: {{- toYaml .Values.resources | nindent 16 }}
              volumeMounts:
                - { name: files, mountPath: /etc/rekey, readOnly: true }
                - { name: audit, mountPath: /var/lib/rekey/audit }
                {{- if .Values.credentials.secretName }}
                - { name: credentials, mountPath: /run/rekey, readOnly: true }
                {{- end }}
          volumes:
            - name: files
              configMap:
                name: {{ include "rekey.fullname" . }}
                items:
                  {{- range $path, $text := .Values.files }}
                  - { key: {{ include "rekey.fileKey" $path }}, path: {{ $path }} }
                  {{- end }}
            - name: audit
              persistentVolumeClaim: { claimName: {{ include "rekey.auditClaim" . }} }
            {{- with .Values.credentials.secretName }}
            - name: credentials
              secret:
                secretName: {{ . }}
                # 0440
                defaultMode: 288
            {{- end }}
          {{- with .Values.nodeSelector }}
          nodeSelector: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .Values.tolerations }}
          tolerations: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .Values.affinity }}
          affinity: {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end -}}
{{- end -}}
