export const isDevelopment = import.meta.env.DEV && import.meta.env.MODE !== 'test'
