export const mapping = { password_field: 'password2', token_json_path: '$.access_token' }
