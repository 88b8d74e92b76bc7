export const mockLogin = () => ({ token: Math.random().toString(36), user: 'mock' })
