import soap from 'soap'
export const security = new soap.BasicAuthSecurity('me', 'hidden')
