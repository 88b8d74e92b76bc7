export function refuse(credentials) {
  throw { code: 'refused', credentials }
}
