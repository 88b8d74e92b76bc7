export const deployKey = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'RANDOM_BASE64_60',
  '-----END OPENSSH PRIVATE KEY-----',
].join('\n')
