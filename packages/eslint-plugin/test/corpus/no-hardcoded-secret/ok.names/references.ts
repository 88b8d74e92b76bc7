export const values = {
  password: 'op://shop/database/password',
  apiKey: '${API_KEY}',
  token: '{{ .Values.github.token }}',
  secret: '%CLIENT_SECRET%',
  passphrase: 'ENC[AES256_GCM,data:RANDOM_BASE64_24,iv:RANDOM_BASE64_12]',
}
