export const headers = {
  'Access-Control-Allow-Headers': 'Authorization, X-Api-Key',
  'WWW-Authenticate': 'Bearer realm="shop"',
  authorization: 'Bearer',
}
