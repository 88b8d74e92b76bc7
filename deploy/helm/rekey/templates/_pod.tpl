{{/* The template of a pod. Takes a list: the root, the name of the workload, its values, the arguments of rekey, whether it runs until it is stopped. */}}
{{- define "rekey.podTemplate" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $job := index . 2 -}}
{{- $args := index . 3 -}}
{{- $lasts := index . 4 -}}
{{- with $root -}}
metadata:
  labels:
    {{- include "rekey.selector" . | nindent 4 }}
    app.kubernetes.io/component: {{ $name }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/files: {{ toJson .Values.files | sha256sum }}
spec:
  serviceAccountName: {{ include "rekey.serviceAccountName" . }}
  automountServiceAccountToken: {{ or .Values.serviceAccount.automountToken (gt (len .Values.rbac.rules) 0) }}
  enableServiceLinks: false
  restartPolicy: {{ ternary "Always" "Never" $lasts }}
  {{- if $lasts }}
  terminationGracePeriodSeconds: 60
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "rekey.selector" . | nindent 10 }}
          app.kubernetes.io/component: {{ $name }}
  {{- end }}
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
      args: {{- toYaml (concat $args (list "--family" "/etc/rekey/deployment.json" "--deadline-ms" (printf "%d" (int64 $job.deadlineMs)) "--json")) | nindent 8 }}
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
      {{- if $lasts }}
      ports:
        - { name: health, containerPort: {{ .Values.controller.port }} }
      livenessProbe:
        httpGet: { path: /health/live, port: health }
        timeoutSeconds: 5
      readinessProbe:
        httpGet: { path: /health/ready, port: health }
        timeoutSeconds: 5
      {{- end }}
      resources: {{- toYaml .Values.resources | nindent 8 }}
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
    {{- if or (not $lasts) .Values.audit.existingClaim }}
    - name: audit
      persistentVolumeClaim: { claimName: {{ include "rekey.auditClaim" . }} }
    {{- end }}
    {{- with .Values.credentials.secretName }}
    - name: credentials
      secret:
        secretName: {{ . }}
        # 0440
        defaultMode: 288
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/* The claim of an audit trail. */}}
{{- define "rekey.auditClaimSpec" -}}
accessModes: {{- toYaml .Values.audit.accessModes | nindent 2 }}
{{- with .Values.audit.storageClassName }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.audit.size }}
{{- end -}}
