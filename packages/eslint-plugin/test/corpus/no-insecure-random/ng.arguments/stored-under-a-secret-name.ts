export function remember(storage: Storage) {
  const value = Math.random().toString(36)
  storage.setItem('authToken', value)
}
