export const legacy = 'anything may stand here'
