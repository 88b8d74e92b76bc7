create table cards (card text primary key, member text not null);
insert into cards values ('7', 'dora');
alter table cards owner to "Card keepers";
