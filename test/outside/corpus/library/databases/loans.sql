create table loans (card text not null, title text not null);
insert into loans values ('7', 'Middlemarch'), ('7', 'Emma');
alter table loans owner to "loans-owner";
