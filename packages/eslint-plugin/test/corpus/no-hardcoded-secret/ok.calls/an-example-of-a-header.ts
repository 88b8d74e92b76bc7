export const documentation = {
  Authorization: 'Bearer <token>',
  'X-Api-Key': 'your-api-key',
}
