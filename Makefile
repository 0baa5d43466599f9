# Thin on purpose: each target is one line that calls ./holdfast or one script. The comment after ## is the help.
.DEFAULT_GOAL := help
.PHONY: help menu backup-db backup-db-mongo backup-db-postgres backup-pre-migration \
  restore-db restore-db-mongo restore-db-postgres restore-undo \
  backup-list backup-verify backup-drill backup-prune backup-copy backup-export backup-pin backup-unpin \
  backup-schedule-install backup-schedule-uninstall backup-schedule-status backup-status backup-doctor backup-notify backup-rebuild \
  demo test check bench dev

# Works from other folders too: make -f path/to/Makefile backup-db
HOME_FOLDER := $(dir $(lastword $(MAKEFILE_LIST)))
HOLDFAST := $(HOME_FOLDER)holdfast
NODE := .toolchain/node
# ARGS="--dry-run" adds flags to any target.
ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-26s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

menu: ## Ask what to do, and do it: back up, restore, look
	@$(HOLDFAST)
backup-db: ## Back up every database that is configured or found
	@$(HOLDFAST) backup $(ARGS)
backup-db-mongo: ## Back up MongoDB only
	@$(HOLDFAST) backup mongo $(ARGS)
backup-db-postgres: ## Back up PostgreSQL only
	@$(HOLDFAST) backup postgres $(ARGS)
backup-pre-migration: ## Back up everything before a migration; any exit code but 0 means: do not migrate
	@$(HOLDFAST) backup --label pre-migration $(ARGS)
restore-db: ## Restore the latest set, or BACKUP=2026-05-07T15-20
	@$(HOLDFAST) restore $(if $(BACKUP),'$(BACKUP)') $(ARGS)
restore-db-mongo: ## Restore MongoDB only [BACKUP=...]
	@$(HOLDFAST) restore $(if $(BACKUP),'$(BACKUP)') --components mongo $(ARGS)
restore-db-postgres: ## Restore PostgreSQL only [BACKUP=...]
	@$(HOLDFAST) restore $(if $(BACKUP),'$(BACKUP)') --components postgres $(ARGS)
restore-undo: ## Bring back what was live before the last restore
	@$(HOLDFAST) undo $(ARGS)
backup-list: ## List the sets with size, age and proof
	@$(HOLDFAST) list $(ARGS)
backup-verify: ## Check the latest set, or BACKUP=..., byte by byte and to the end
	@$(HOLDFAST) verify $(if $(BACKUP),'$(BACKUP)') --deep $(ARGS)
backup-drill: ## Restore the latest set, or BACKUP=..., into throw-away servers and compare everything
	@$(HOLDFAST) drill $(if $(BACKUP),'$(BACKUP)') $(ARGS)
backup-prune: ## Remove sets past their retention (ARGS=--dry-run shows why)
	@$(HOLDFAST) prune $(ARGS)
backup-copy: ## Bring sets to the storages that lack them, or BACKUP=... alone
	@$(HOLDFAST) copy $(if $(BACKUP),'$(BACKUP)') $(ARGS)
backup-export: ## Bring the latest set, or BACKUP=..., into one file here (ARGS="--output FILE")
	@$(HOLDFAST) export $(if $(BACKUP),'$(BACKUP)') $(ARGS)
backup-pin: ## Keep the set BACKUP=... from retention (ARGS="--why 'the audit'")
	@$(HOLDFAST) pin $(if $(BACKUP),'$(BACKUP)') $(ARGS)
backup-unpin: ## Let retention decide about the set BACKUP=... again
	@$(HOLDFAST) unpin $(if $(BACKUP),'$(BACKUP)') $(ARGS)

backup-schedule-install: ## Make backups by themselves: launchd, systemd or cron (BACKUP_SCHEDULE)
	@$(HOLDFAST) schedule install $(ARGS)
backup-schedule-uninstall: ## Remove what backup-schedule-install installed
	@$(HOLDFAST) schedule uninstall $(ARGS)
backup-schedule-status: ## What is installed, when it runs next, how the last run ended
	@$(HOLDFAST) schedule status $(ARGS)
backup-status: ## The newest good set against its RPO, the last runs, what comes next
	@$(HOLDFAST) status $(ARGS)
backup-doctor: ## Everything that would make tonight's backup or a restore fail, each with its mend
	@$(HOLDFAST) doctor $(ARGS)
backup-notify: ## Send a test message to everyone who is told of failures
	@$(HOLDFAST) notify $(ARGS)
backup-rebuild: ## Make anew what is not backed up: search indexes (holdfast.yaml, rebuild)
	@$(HOLDFAST) rebuild $(ARGS)

demo: dev ## Show the whole round on real servers: fill, back up, drop, restore, compare
	@$(NODE) tests/demo.ts $(ARGS)
test: check ## Run the checks and every test on real servers
	@$(NODE) tests/run.ts $(ARGS)
check: dev ## Type check, lint, layering, unused code, shell check
	@sh tests/check.sh
bench: dev ## Measure against the hand-written way and print ratios
	@$(NODE) bench/bench.ts $(ARGS)
dev:
	@sh scripts/bootstrap.sh --dev
