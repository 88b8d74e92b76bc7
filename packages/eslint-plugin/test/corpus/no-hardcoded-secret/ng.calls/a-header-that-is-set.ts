export function authorize(headers: Headers) {
  headers.set('X-Api-Key', 'RANDOM_HEX_32')
}
