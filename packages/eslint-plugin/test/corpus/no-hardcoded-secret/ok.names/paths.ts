export const files = {
  password: '/run/secrets/postgres-password-2024',
  privateKey: './certs/server-key-v2.pem',
  token: 'C:\\secrets\\token2.txt',
}
