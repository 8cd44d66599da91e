-- The seam from people to projects: who may own one, and by which address they are enrolled.

create view accepted_people as
  select uuid as person, email from users where moderated = 1 and is_rejected = 0;
