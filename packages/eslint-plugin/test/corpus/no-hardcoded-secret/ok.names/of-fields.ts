export const FIELDS = { password: 'password', token: 'access_token', secret: 'client_secret' }
