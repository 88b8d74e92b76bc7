// @known
export const signingSecret = 'prism-development-secret-key'
