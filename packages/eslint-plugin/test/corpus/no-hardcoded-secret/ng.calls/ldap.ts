import ldap from 'ldapjs'

const client = ldap.createClient({ url: 'ldap://directory' })
client.bind('cn=admin,dc=example,dc=com', 'adminpw', () => undefined)
