export const config = {
  password: 'changeme',
  apiKey: 'YOUR_API_KEY',
  token: '<your-token-here>',
  clientSecret: 'xxxxxxxxxxxxxxxxxxxxxxxx',
  secret: 'replace-me-with-32-random-bytes',
  jwtSecret: 'REPLACE_WITH_OUTPUT_OF_OPENSSL_RAND',
}
