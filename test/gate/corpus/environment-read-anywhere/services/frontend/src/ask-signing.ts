export function askSigning(): Promise<Response> {
  return fetch(process.env['SIGNING_URL'] ?? 'http://127.0.0.1:8443')
}
