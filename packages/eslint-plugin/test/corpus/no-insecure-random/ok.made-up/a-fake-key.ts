export const createFakeApiKey = () => `rk_${Math.random().toString(36).slice(2)}`
