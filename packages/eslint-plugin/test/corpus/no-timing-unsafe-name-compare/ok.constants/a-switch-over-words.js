export function describe(token) {
  switch (token) {
    case 'if':
    case 'else':
      return 'keyword'
    default:
      return 'name'
  }
}
