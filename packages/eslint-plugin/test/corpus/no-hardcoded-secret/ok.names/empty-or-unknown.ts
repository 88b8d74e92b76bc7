export const initial = { password: '', token: 'undefined', secret: 'null', apiKey: 'none' }
