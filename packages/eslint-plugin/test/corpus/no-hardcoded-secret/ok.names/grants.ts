export const GRANTS = {
  token: 'urn:ietf:params:oauth:grant-type:token-exchange',
  jwt: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}
export const grantType = { grant_type: 'password', response_type: 'token' }
