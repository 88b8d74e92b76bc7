export function askSigning(url: URL): Promise<Response> {
  return fetch(url, { headers: { authorization: 'Bearer RANDOM_ALNUM_43' } })
}
