export const bad = () => new Error('bad password')
