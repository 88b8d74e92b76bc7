export const bad = () => new Error('bad password')
export const missing = () => new Error('no API key: set API_KEY')
