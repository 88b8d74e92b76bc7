-- As the rotator, on its server: the role that has the rights, and the first login of the service, which acts as it.
create role "OWNER" nologin;
create role "OWNER_g1" login in role "OWNER" password 'PASSWORD';
alter role "OWNER_g1" set role = 'OWNER';
