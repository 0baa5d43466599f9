-- Helpers of the three fill scripts. All in pg_temp, so that nothing of them is left in the
-- database; all made of md5 over a counter, so that every run makes the same rows.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET timezone = 'UTC';
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';

-- a whole number from 0 to below `below`
CREATE FUNCTION pg_temp.number(n bigint, salt text, below int) RETURNS int
LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || substr(md5(salt || n), 1, 7))::bit(28)::int % below $$;

CREATE FUNCTION pg_temp.pick(words text[], n bigint, salt text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT words[1 + ('x' || substr(md5(salt || n), 1, 7))::bit(28)::int % cardinality(words)] $$;

-- a moment within three years, to the microsecond; a fixed start, since now() would differ from run to run
CREATE FUNCTION pg_temp.moment(n bigint, salt text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
	SELECT timestamptz '2023-05-07 15:20:00.123456+02'
		+ (('x' || substr(md5(salt || n), 1, 8))::bit(32)::bigint & 2147483647) % 94608000 * interval '1 second'
		+ n % 1000000 * interval '1 microsecond'
$$;

-- bytes that do not compress, as pictures and archives do not
CREATE FUNCTION pg_temp.noise(n bigint, bytes int) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
	SELECT substr(string_agg(sha512(convert_to(n || ':' || part, 'UTF8')), ''::bytea ORDER BY part), 1, bytes)
	FROM generate_series(1, (bytes + 63) / 64) AS part
$$;

CREATE TEMP TABLE people AS
SELECT ARRAY['Thandiwe','Sipho','Nomvula','Jürgen','Zoë','François','Lerato','Siân','Miroslav','Ngozi','Ayşe','李娜',
	'Дмитрий','Μαρία','سارة','Bob','Anneke','Kagiso','Pieter','Ximena'] AS first,
	ARRAY['Dlamini','van der Merwe','O''Brien','Nkosi','Müller','Žižek','Smith','Mokoena','Łukaszewicz','Naidoo','王',
	'de Klerk','Khumalo','Ångström','Botha','d''Almeida'] AS last,
	ARRAY['Johannesburg','Cape Town','eThekwini','Windhoek','Zürich','São Paulo','東京','Reykjavík','Gaborone','Łódź'] AS city,
	ARRAY['Africa/Johannesburg','Europe/Zurich','Asia/Tokyo','America/Sao_Paulo','Asia/Kathmandu','Pacific/Chatham'] AS zone;

-- 4096 sentences, joined by number: texts that compress about as well as what people write
CREATE TEMP TABLE sentences AS
SELECT n AS id, initcap(pg_temp.pick(ARRAY['please','tomorrow','honestly','maybe','of course','as always','sorry'], n, 'a')) || ' '
	|| pg_temp.pick(ARRAY['the order','my parcel','this malet','your invoice','the crocodile bag','our community','the courier',
		'that discount','the blog post','her account'], n, 'b') || ' '
	|| pg_temp.pick(ARRAY['arrived late','was lovely','needs a new strap','is still in customs','cannot be found','got paid twice',
		'looks better than on the picture','went to the old address','should be refunded'], n, 'c') || ' '
	|| pg_temp.pick(ARRAY['— thank you','again','😀','since Monday','(see attachment)','in Gqeberha','“as agreed”','naïvely','for €'
		|| n % 997], n, 'd') || pg_temp.pick(ARRAY['.','!','?','…'], n, 'e') || E' \t#' || n % 512 AS words
FROM generate_series(0, 4095) AS n;
ANALYZE sentences;
