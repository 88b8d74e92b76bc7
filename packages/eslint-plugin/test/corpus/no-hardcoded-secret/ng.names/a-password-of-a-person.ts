export const account = { user: 'ops', password: 'Tr0ub4dor&3' }
