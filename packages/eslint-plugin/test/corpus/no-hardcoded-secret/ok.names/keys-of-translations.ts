export const keys = { password: 'login:form.password2.label', token: 'errors.auth.token_401' }
