export const API_KEY = 'x-api-key'
export const HEADERS = { token: 'X-Auth-Token', secret: 'x-webhook-secret-v2' }
